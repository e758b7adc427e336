#!/bin/sh
lscpu
df --human-readable
