"""Folder layouts that there is an adapter for, by the name that each has in params.yaml."""

LAYOUTS = {
    "usc75": (
        "METAFILE; SPEAKER/2drt/video/PREFIX_video.mp4 (or recon/, audio/), textgrid/, labels/"
    ),
    "usctimit": "MRI/Data/SPEAKER/{avi, wav, avi_withaudio, trans}/usctimit_mri_*: USC-TIMIT",
    "usclss": "articulators/usc_s1_NN_mview.mat, or video/usc_s1_NN_REP.avi: USC LSS",
    "artspeech": "SPEAKER/SESSION/{*.dcm or NPY_MR/NNNN.npy, SPEAKER_SESSION.wav}: ArtSpeech",
    "ruthven": "MRI_SSFP_10fps/SubjectN/image_K.dcm, no sound: Ruthven et al. 2023",
    "folder": "SPEAKER/ and there what --pictures, --sound, --labels say: any laboratory's",
}
