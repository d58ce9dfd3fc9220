#!/usr/bin/env bash
# A step of any CI system: starts a run of a recipe, or goes on with the one at work when the job was started again, waits for its end, and leaves
# what a job publishes in a folder. Ends with the exit code of the run (docs/automation.md): 0, or 6 when a gate was missed.
#
# usage: run.sh RECIPE
#   COTMILL             the command, default: cotmill
#   COTMILL_DEPLOYMENT  deployment file, default: deployment.yaml here
#   COTMILL_RUN         name of the run, the same whenever the job is started again; default: the name of the recipe file
#   COTMILL_TIMEOUT     longest time to wait, such as 5h30m; the run goes on after it; default: to its end
#   COTMILL_ARTEFACTS   folder for junit.xml, summary.json, summary.md, report.html and table.md; default: cotmill-artefacts
# Keys and the address of Temporal come from the environment that the deployment names; none is an argument, since arguments are seen by others.
set -euo pipefail

if [ "$#" -ne 1 ]; then
  echo "usage: $0 RECIPE" >&2
  exit 2
fi
recipe=$1
run=${COTMILL_RUN:-$(basename "${recipe%.*}")}
artefacts=${COTMILL_ARTEFACTS:-cotmill-artefacts}
read -r -a cotmill <<<"${COTMILL:-cotmill}"

arguments=(run "$recipe" --run "$run" --wait --artefacts "$artefacts")
if [ -n "${COTMILL_TIMEOUT:-}" ]; then arguments+=(--timeout "$COTMILL_TIMEOUT"); fi

code=0
"${cotmill[@]}" "${arguments[@]}" || code=$?
if [ -f "$artefacts/summary.md" ] && [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
  cat "$artefacts/summary.md" >>"$GITHUB_STEP_SUMMARY"
fi
exit "$code"
