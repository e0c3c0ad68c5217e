# Installs the tools; the template's guard says when there is nothing to do.
apt-get -qq update
apt-get -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 install curl jq
