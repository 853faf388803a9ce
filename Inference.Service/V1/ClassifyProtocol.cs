using System.Globalization;
using Slipway.Inference.Engine.Tensors;
using Slipway.Inference.Service.Json;
using Slipway.Inference.Service.Predictions;

namespace Slipway.Inference.Service.V1;

/// <summary>
/// TensorFlow Serving's <c>:classify</c>: for each example the pairs of label and score of all classes. The scores are the first output of floating point that has a row for
/// each example; a class without a label in the configuration has its index.
/// </summary>
internal sealed class ClassifyProtocol : IPredictionProtocol
{
    public PredictionRequest Read(in IncomingPrediction incoming) => V1ExamplesReader.Read(incoming);

    public void Write(PooledBuffer buffer, IHeaderDictionary headers, in PredictionAnswer answer)
    {
        var rows = answer.Request.Inputs[0].RowCount;
        var scores =
            answer.Outputs.FirstOrDefault(output => IsScores(output, rows))
            ?? throw RequestRefusedException.BadRequest(
                $"no output of model '{answer.Name}' has a score for each class: send ':predict' in place of ':classify'"
            );
        var labels = answer.Facts.Configuration.LabelsOf(scores.Name);
        var classes = scores.ElementCount / (int)rows;
        buffer.Write("{\"results\":["u8);
        for (var i = 0; i < scores.ElementCount; i++)
        {
            var index = i % classes;
            buffer.Write(
                index > 0 ? ","u8
                : i > 0 ? "],["u8
                : "["u8
            );
            buffer.Write((byte)'[');
            JsonText.WriteString(buffer, index < labels.Count ? labels[index] : index.ToString(CultureInfo.InvariantCulture));
            buffer.Write((byte)',');
            JsonText.WriteElement(buffer, scores, i);
            buffer.Write((byte)']');
        }
        buffer.Write("]]}"u8);
    }

    private static bool IsScores(Tensor output, long rows) =>
        output.Type is ElementType.Fp16 or ElementType.Bf16 or ElementType.Fp32 or ElementType.Fp64
        && output.Shape.Length is 1 or 2
        && output.Shape[0] == rows
        && output.ElementCount > 0;
}
