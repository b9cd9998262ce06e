#!/usr/bin/env node
import "../dist/bundle/rr-worker.js";
