jenkins:
  clouds:
  %{~ for name, one in fleets ~}
  - ec2Fleet:
      name: "${name}"
      labelString: "${one.labels}"
      idleMinutes: 1
      maxTotalUses: 10
      numExecutors: 1
      privateIpUsed: true
      region: "us-west-2"
  %{~ endfor ~}
