#!/usr/bin/env bash
# Installs Chromium with Chinese fonts, and what WeasyPrint draws text with, from Debian's packages where that is possible.
# Elsewhere it says so and succeeds: the tests that need a browser then skip, or fail under HEPADOSE_REQUIRE_BROWSER=1.
set -euo pipefail

packages=(chromium fonts-noto-cjk libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0)
missing=()
for package in "${packages[@]}"; do
  dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
  exit 0
fi
if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
  echo "Not installed: ${missing[*]} (needs Debian's apt-get and root). Tests that need them skip." >&2
  exit 0
fi
export DEBIAN_FRONTEND=noninteractive
if ! { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null; }; then
  echo "Could not be installed: ${missing[*]}. Tests that need them skip." >&2
fi
