# SPDX-License-Identifier: Apache-2.0
"""What the system tests and the demo share: one serial line taken apart, QEMU, images."""
