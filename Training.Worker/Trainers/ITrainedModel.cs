using Slipway.Training.Worker.Export;

namespace Slipway.Training.Worker.Trainers;

/// <summary>A fitted model: raw scores before the link (identity, sigmoid, softmax), in process and as an ONNX graph that gives the same numbers.</summary>
internal interface ITrainedModel
{
    /// <summary>Scores a row.</summary>
    int OutputCount { get; }

    /// <summary>What the fit found, for the run's parameters: iterations used and the like.</summary>
    IReadOnlyDictionary<string, string> Facts { get; }

    /// <summary>Scores of all rows, row by row; the table's features are those the model was trained on.</summary>
    float[] Score(FeatureTable rows);

    /// <summary>Adds the nodes that compute the scores from the features' inputs; returns the name of the FLOAT [N, outputs] result.</summary>
    string Emit(OnnxGraph graph);
}
