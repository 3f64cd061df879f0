"""The rider in video: from keypoints in the images of calibrated cameras to places on the track and angles of the body.

`calibration` reads the cameras, `views` sets keypoints beside them, `synchrony` brings their clocks together,
`triangulation` and `motion` give the joints in metres with their errors, `places` the position on the track, `posture`
a recording whose channels the metrics of posture use.
"""
