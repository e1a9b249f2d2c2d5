# The node beside ROS, with torch and the packaged weights; nothing is downloaded when it starts.
# Both distributions stand on Ubuntu 24.04, whose first user is ubuntu.
ARG ROS_DISTRO=jazzy
FROM ros:${ROS_DISTRO}
# For an NVIDIA GPU: --build-arg TORCH_INDEX=https://download.pytorch.org/whl/cu128
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu

WORKDIR /ws
COPY package.xml src/bridgenet_ros/
RUN apt-get update \
  && apt-get install -y --no-install-recommends python3-venv \
  && rosdep update --rosdistro "$ROS_DISTRO" \
  && rosdep install --from-paths src --ignore-src -y --rosdistro "$ROS_DISTRO" \
  && rm -rf /var/lib/apt/lists/*

# The environment sees the packages of ROS; its python3 is first on PATH, so the node finds torch.
RUN python3 -m venv --system-site-packages /opt/venv
ENV PATH=/opt/venv/bin:$PATH
RUN pip install --no-cache-dir --index-url "$TORCH_INDEX" torch \
  && pip install --no-cache-dir safetensors openvino

COPY setup.py setup.cfg pyproject.toml LICENSE README.md src/bridgenet_ros/
COPY resource src/bridgenet_ros/resource
COPY launch src/bridgenet_ros/launch
COPY config src/bridgenet_ros/config
COPY models src/bridgenet_ros/models
COPY bridgenet_ros src/bridgenet_ros/bridgenet_ros
RUN . "/opt/ros/$ROS_DISTRO/setup.sh" && colcon build --packages-select bridgenet_ros

USER ubuntu
ENTRYPOINT ["/bin/bash", "-c", "source /ws/install/setup.bash && exec \"$@\"", "--"]
CMD ["ros2", "launch", "bridgenet_ros", "sr.launch.py"]
