#!/usr/bin/env node
import "../dist/bundle/rr-coordinator.js";
