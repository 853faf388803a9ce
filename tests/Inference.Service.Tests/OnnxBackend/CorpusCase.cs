namespace Slipway.Inference.Service.Tests.OnnxBackend;

/// <summary>A folder of the corpus: a model, and sets of files with inputs and the outputs to expect.</summary>
internal sealed record CorpusCase(string Folder, byte[] Model, IReadOnlyList<(byte[][] Inputs, byte[][] Outputs)> Sets)
{
    /// <summary>A name that a model can have.</summary>
    public string ModelName => Folder.Replace('/', '-');
}
