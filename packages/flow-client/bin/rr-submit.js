#!/usr/bin/env node
import "../dist/bundle/rr-submit.js";
