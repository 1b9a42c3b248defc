"""The matting network: sees an encoding of plate and clean plate, and is solved in linear light."""
