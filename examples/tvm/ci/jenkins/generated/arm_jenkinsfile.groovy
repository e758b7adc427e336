// The job for Arm machines of this checkout: it builds, and the build tests itself.
// A machine without such a label says at once that nobody serves it; nothing waits.

import org.jenkinsci.plugins.pipeline.modeldefinition.Utils

max_time = 30
is_docs_only_build = 0
run_clean = 'ci/scripts/run_clean.sh --env CI --env PLATFORM'
jenkins_scripts_root = 'ci/scripts/jenkins'

def init_git() {
  retry(5) {
    checkout scm
  }
  sh (
    script: './tests/scripts/task_show_node_info.sh',
    label: 'Show executor node info',
  )
}

def run_build(node_type) {
  node(node_type) {
    ws("workspace/exec_${env.EXECUTOR_NUMBER}/tvm/build-arm") {
      init_git()
      is_docs_only_build = sh (
        returnStatus: true,
        script: "./${jenkins_scripts_root}/git_change_docs.sh",
        label: 'Check for docs only changes',
      )
      if (is_docs_only_build == 1) {
        Utils.markStageSkippedForConditional('Build')
        return
      }
      timeout(time: max_time, unit: 'MINUTES') {
        withEnv(['PLATFORM=arm'], {
          sh (
            script: "${run_clean} ./tests/scripts/task_config_build.sh build release",
            label: 'Create build config',
          )
          sh (
            script: "${run_clean} ./tests/scripts/task_build.sh build",
            label: 'Compile the models',
          )
          sh (
            script: "${run_clean} ./build/lib/selftest",
            label: 'Run the compiled models',
          )
          archiveArtifacts(artifacts: 'build/lib/*', fingerprint: true)
        })
      }
    }
  }
}

stage('Build') {
  try {
    run_build('ARM-SPOT')
  } catch (hudson.AbortException abortEx) {
    throw abortEx
  } catch (Throwable ex) {
    echo 'Exception during SPOT run ' + ex.toString() + ', retry on demand'
    currentBuild.result = 'SUCCESS'
    run_build('ARM')
  }
}
