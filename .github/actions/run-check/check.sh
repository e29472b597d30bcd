#!/usr/bin/env bash
# Checks the repository in the working directory. Nothing that learner code printed or named reaches standard output:
# the runner executes `::` and `##[` commands that it finds there. The summary is Markdown, and no such place.
set -uo pipefail

folder="$RUNNER_TEMP/pushmark"
rm -rf "$folder"
mkdir -p "$folder/home"

arguments=(--quiet --policy standard --out "$folder/report.json" --markdown "$folder/comment.md")
if [ "$TRAIN" = true ]; then
  arguments+=(--train)
fi

# The checks come from the learner's own repository: they get nothing of the runner's environment.
bare=(env -i "PATH=$PATH" LANG=C.UTF-8)

# Hosted runners forbid ordinary users the namespaces that a worker lives in, and let everybody become root. As root,
# Pushmark has all of its sandbox, and runs learner code under a user id that may not use sudo.
as_root=()
home="$HOME"
if [ "${RUNNER_ENVIRONMENT:-}" = github-hosted ] && sudo -n true; then
  as_root=(sudo -n)
  home="$folder/home"
fi

{
  "${bare[@]}" "HOME=$HOME" python -I -m pushmark_graders.lab.tracked . \
    && "${as_root[@]}" "${bare[@]}" "HOME=$home" pushmark check . "${arguments[@]}"
} > "$folder/log.txt" 2>&1 < /dev/null
status=$?
"${as_root[@]}" chown -R "$(id -u):$(id -g)" "$folder"

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
