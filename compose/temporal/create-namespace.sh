#!/bin/sh
# Waits for Temporal's server and makes the namespace that runs live in; it may run at every start.
# TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE say where.
set -eu
# Named at each command, because those about namespaces do not read the variable.
namespace=$TEMPORAL_NAMESPACE

# A server on fresh tables answers after about ten seconds; five minutes are for a machine that pulls images meanwhile.
for _ in $(seq 150); do
  ! temporal operator cluster health >/dev/null 2>&1 || break
  sleep 2
done
temporal operator cluster health

# What has ended stays to be looked at for a month; by default it would be three days.
if temporal operator namespace describe --namespace "$namespace" >/dev/null 2>&1; then
  temporal operator namespace update --namespace "$namespace" --retention 30d
else
  temporal operator namespace create --namespace "$namespace" --retention 30d
fi

# The server's parts learn of a namespace one after the other, within ten seconds.
for _ in $(seq 60); do
  ! temporal operator search-attribute list --namespace "$namespace" >/dev/null 2>&1 || break
  sleep 1
done

# What runs are searched by, src/domain/run/search-attributes.ts. One that is there already is left as it is.
temporal operator search-attribute create --namespace "$namespace" \
  --name TrainingRun --type Keyword \
  --name EpisodePhase --type Keyword \
  --name AgentRole --type Keyword \
  --name Repository --type Keyword \
  --name Strategy --type Keyword \
  --name Outcome --type Keyword \
  --name SandboxHost --type Keyword \
  --name WaitingFor --type Keyword \
  --name BugOrder --type Int \
  --name PolicyVersion --type Int \
  --name SolveRate --type Double \
  --name Reward --type Double
