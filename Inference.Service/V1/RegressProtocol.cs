using Slipway.Inference.Engine.Tensors;
using Slipway.Inference.Service.Json;
using Slipway.Inference.Service.Predictions;

namespace Slipway.Inference.Service.V1;

/// <summary>TensorFlow Serving's <c>:regress</c>: one number for each example, from the first output that has them.</summary>
internal sealed class RegressProtocol : IPredictionProtocol
{
    public PredictionRequest Read(in IncomingPrediction incoming) => V1ExamplesReader.Read(incoming);

    public void Write(PooledBuffer buffer, IHeaderDictionary headers, in PredictionAnswer answer)
    {
        var rows = answer.Request.Inputs[0].RowCount;
        var values =
            answer.Outputs.FirstOrDefault(output =>
                output.Type is not (ElementType.Bytes or ElementType.Bool)
                && output.Shape.Length > 0
                && output.Shape[0] == rows
                && output.ElementCount == rows
            )
            ?? throw RequestRefusedException.BadRequest(
                $"no output of model '{answer.Name}' has one number for each example: send ':predict' in place of ':regress'"
            );
        buffer.Write("{\"results\":["u8);
        for (var i = 0; i < values.ElementCount; i++)
        {
            if (i > 0)
            {
                buffer.Write((byte)',');
            }
            JsonText.WriteElement(buffer, values, i);
        }
        buffer.Write("]}"u8);
    }
}
