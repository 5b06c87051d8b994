"""Writes a classifier of random weights on top of the embedding model in a folder.

    make-classifier.py MODEL_FOLDER OUT_FOLDER

It sorts texts into three classes, and its answers mean nothing.
"""

import sys

import torch
from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

LABELS = ["praise", "complaint", "question"]

model, folder = sys.argv[1:]
config = BertConfig.from_pretrained(model)
config.architectures = ["BertForSequenceClassification"]
config.num_labels = len(LABELS)
config.id2label = dict(enumerate(LABELS))
config.label2id = {label: number for number, label in enumerate(LABELS)}
torch.manual_seed(0)
BertForSequenceClassification.from_pretrained(model, config=config).save_pretrained(folder)
AutoTokenizer.from_pretrained(model).save_pretrained(folder)
