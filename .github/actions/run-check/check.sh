#!/usr/bin/env bash
# Checks the repository in the working directory. Nothing that learner code printed or named reaches standard output:
# the runner executes `::` and `##[` commands that it finds there. The summary is Markdown, and no such place.
set -uo pipefail

folder="$RUNNER_TEMP/pushmark"
rm -rf "$folder"
mkdir -p "$folder"

arguments=(--quiet --out "$folder/report.json" --markdown "$folder/comment.md")
if [ "$TRAIN" = true ]; then
  arguments+=(--train)
fi

# Hosted runners forbid ordinary users the namespaces that the worker lives in; this machine is thrown away after the job.
restriction=/proc/sys/kernel/apparmor_restrict_unprivileged_userns
if [ "${RUNNER_ENVIRONMENT:-}" = github-hosted ] && [ -e "$restriction" ]; then
  echo 0 | sudo -n tee "$restriction" > /dev/null
fi

# The checks come from the learner's own repository: they too get nothing of the runner's environment.
bare=(env -i "PATH=$PATH" "HOME=$HOME" LANG=C.UTF-8)
{
  "${bare[@]}" python -I -m pushmark_graders.lab.tracked . && "${bare[@]}" pushmark check . "${arguments[@]}"
} > "$folder/log.txt" 2>&1 < /dev/null
status=$?

report=false
if [ -f "$folder/report.json" ] && [ -f "$folder/comment.md" ]; then
  report=true
  cat "$folder/comment.md" >> "$GITHUB_STEP_SUMMARY"
else
  {
    echo "## Pushmark could not check this push"
    echo
    # Indented by four, so that Markdown shows it as it is.
    tail -c 4000 "$folder/log.txt" | tr -d '\000-\010\013-\037' | sed 's/^/    /'
  } >> "$GITHUB_STEP_SUMMARY"
fi

{
  echo "status=$status"
  echo "report=$report"
  echo "folder=$folder"
} >> "$GITHUB_OUTPUT"
echo "The checks ran. The result is in the summary of this run."
