/* SPDX-License-Identifier: Apache-2.0 */
#include "control/plant.h"

#define GRAVITY_OVER_LENGTH 20 /* 1/s^2: a rod of half a metre */
#define GAIN_ANGLE          84 /* poles of the closed loop: twice -8/s */
#define GAIN_RATE           16
#define TORQUE_MAX          (60 * PLANT_ONE) /* rad/s^2: the motor's limit */

static int64_t multiply(int64_t a, int64_t b) {
    return a * b / PLANT_ONE;
}

static int32_t clamp(int64_t value, int32_t limit) {
    if (value > limit)
        return limit;
    return value < -limit ? -limit : (int32_t)value;
}

int32_t plant_control(const struct plant *plant) {
    return clamp(-GAIN_ANGLE * (int64_t)plant->angle - GAIN_RATE * (int64_t)plant->rate,
                 TORQUE_MAX);
}

void plant_step(struct plant *plant, int32_t torque, int32_t push) {
    int64_t angle = plant->angle;
    int64_t sine = angle - multiply(multiply(angle, angle), angle) / 6;
    int64_t rate;

    rate = plant->rate + (GRAVITY_OVER_LENGTH * sine + torque + push) / PLANT_HZ;
    plant->rate = clamp(rate, 100 * PLANT_ONE);
    plant->fraction += plant->rate;
    plant->angle = clamp(angle + plant->fraction / PLANT_HZ, 4 * PLANT_ONE);
    plant->fraction %= PLANT_HZ;
}
