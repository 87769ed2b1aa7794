#!/usr/bin/env python3
"""Writes tests/data/shap.json: forests of scikit-learn, and what the shap package says of their outputs.

The test reads the trees into our form and must find shap's values. Needs scikit-learn and shap; run it by hand when the form
of the file changes.
"""
import json
import pathlib

import numpy as np
import shap
import sklearn
from sklearn.ensemble import IsolationForest, RandomForestRegressor

random = np.random.default_rng(11)
rows = random.normal(size=(800, 6)).astype(np.float32)
# One feature has few values, as flags and counts have.
rows[:, 5] = np.round(rows[:, 5])
attacks = (rows[:, 0] * rows[:, 1] > 0.5) | (rows[:, 5] > 1)
shown = rows[:40]


def tree(estimator, features):
    inner = estimator.tree_
    return {
        "feature": [int(features[f]) if f >= 0 else -1 for f in inner.feature],
        "threshold": [float(t) for t in inner.threshold],
        "left": inner.children_left.tolist(),
        "right": inner.children_right.tolist(),
        "cover": inner.weighted_n_node_samples.tolist(),
        "samples": inner.n_node_samples.tolist(),
        "value": inner.value[:, 0, 0].tolist(),
    }


def golden(forest, features):
    explainer = shap.TreeExplainer(forest, feature_perturbation="tree_path_dependent")
    return {
        "trees": [tree(e, f) for e, f in zip(forest.estimators_, features)],
        "contributions": explainer.shap_values(shown).tolist(),
    }


everything = np.arange(rows.shape[1])
probability = RandomForestRegressor(
    n_estimators=20, max_depth=8, min_samples_leaf=3, max_features=3, random_state=1
).fit(rows, attacks.astype(float))
isolation = IsolationForest(n_estimators=20, random_state=1).fit(rows)
path = pathlib.Path(__file__).parent.parent / "tests" / "data" / "shap.json"
path.write_text(
    json.dumps(
        {
            "made_with": f"scikit-learn {sklearn.__version__}, shap {shap.__version__}",
            "rows": shown.tolist(),
            "random": golden(probability, [everything] * len(probability.estimators_)),
            "isolation": golden(isolation, isolation.estimators_features_),
        }
    )
)
