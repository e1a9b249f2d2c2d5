#!/usr/bin/env bash
# Builds and tests the package with colcon in a temporary workspace and checks what a ROS user
# relies on: the package type, the shared files, and an executable that runs from there.
set -euo pipefail

package=bridgenet_ros
source_tree=$(cd "$(dirname "$0")/.." && pwd)
workspace=$(mktemp -d)
trap 'rm -rf "$workspace"' EXIT

fail() {
  echo "colcon check: $*" >&2
  exit 1
}

# A copy, because colcon and setuptools leave files beside the sources.
mkdir -p "$workspace/src/$package"
git -C "$source_tree" ls-files -z --cached --others --exclude-standard |
  tar -C "$source_tree" --null --files-from=- --ignore-failed-read -cf - |
  tar -C "$workspace/src/$package" -xf -

cd "$workspace"
export ROS_AUTOMATIC_DISCOVERY_RANGE=LOCALHOST ROS_LOG_DIR="$workspace/ros_log"
export COLCON_LOG_PATH="$workspace/log"
listing=$(colcon list)
echo "$listing"
# An invalid package.xml turns the package into a plain Python one that ROS cannot find.
[[ $listing == *"(ros.ament_python)"* ]] || fail "not an ament_python package"

colcon build
prefix="$workspace/install/$package"
for file in launch/sr.launch.py config/sr.yaml config/fastdds_shm.xml models/tiny.safetensors \
  models/tiny.yaml package.xml; do
  test -f "$prefix/share/$package/$file" || fail "share/$package/$file is missing"
done
for name in bridgenet_node bridgenet; do
  test -x "$prefix/lib/$package/$name" || fail "lib/$package/$name is missing"
done
# Any other shebang would miss the torch of an activated environment.
read -r shebang < "$prefix/lib/$package/bridgenet_node"
[[ $shebang == "#!/usr/bin/env python3" ]] || fail "bridgenet_node starts with $shebang"

set +u
source install/setup.bash
set -u
case $(python3 -c "import $package; print($package.__file__)") in
  "$workspace"/*) ;;
  *) fail "the package is not imported from the workspace" ;;
esac
"$prefix/lib/$package/bridgenet" --version
if python3 -c 'import rclpy' 2>/dev/null; then
  # The node runs until it gets one SIGINT, and must then end with 0.
  said="$workspace/node.log"
  set -m # else a job in the background ignores SIGINT
  "$prefix/lib/$package/bridgenet_node" > "$said" 2>&1 &
  node=$!
  set +m
  for _ in {1..240}; do
    if grep -qs "licence of the weights" "$said" || ! kill -0 "$node"; then break; fi
    sleep 0.5
  done
  kill -INT "$node" || true
  (sleep 60 && kill -KILL "$node") 2>/dev/null &
  killer=$!
  code=0
  wait "$node" || code=$?
  kill "$killer"
  cat "$said"
  [[ $code == 0 ]] || fail "bridgenet_node ended with $code"
  grep -q "licence of the weights" "$said" || fail "bridgenet_node did not start"
fi

colcon test --return-code-on-test-failure --event-handlers console_cohesion+ \
  --pytest-args test/packaging test/test_config.py test/test_resources.py test/test_sync.py
results=$(colcon test-result --all)
echo "$results"
[[ $results =~ [1-9][0-9]*\ tests ]] || fail "colcon ran no test"
echo "colcon check passed"
