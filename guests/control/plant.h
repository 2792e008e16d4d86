/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plant.h - what is controlled: an inverted pendulum, which falls within half a second when
 * nobody acts, and the controller that keeps it up. Fixed point, 16 bits of fraction; pure.
 */
#pragma once

#include <stdint.h>

#define PLANT_ONE    65536 /* 1.0 */
#define PLANT_HZ     1000  /* steps per second */
#define PLANT_FALLEN 51472 /* rad: 45 degrees, from where the controller never comes back */

struct plant {
    int32_t angle;    /* rad from upright */
    int32_t rate;     /* rad/s */
    int64_t fraction; /* of the angle: what PLANT_ONE is too coarse for */
};

/* The torque, as an angular acceleration in rad/s^2, for what is measured now. */
int32_t plant_control(const struct plant *plant);

/* One step of the pendulum's physics under that torque, and a push (rad/s^2) from outside. */
void plant_step(struct plant *plant, int32_t torque, int32_t push);
