using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Slipway.Inference.Service.Tests.OnnxBackend;

/// <summary>The runtime by itself: what it cannot do, no service over it can.</summary>
internal static class RawRuntime
{
    /// <summary>The names of the inputs and outputs, in order; throws where the runtime does not open the model.</summary>
    public static (IReadOnlyList<string> Inputs, IReadOnlyList<string> Outputs) Open(byte[] model, out InferenceSession session)
    {
        session = new InferenceSession(model);
        return (session.InputNames, session.OutputNames);
    }

    /// <summary>Runs; throws where the runtime fails, or gives what is no tensor of the protocol.</summary>
    public static CorpusTensor[] Run(InferenceSession session, IReadOnlyList<CorpusTensor> inputs)
    {
        using var options = new RunOptions();
        var values = inputs.Select(ToValue).ToArray();
        try
        {
            using var outputs = session.Run(options, [.. inputs.Select(input => input.Name)], values, session.OutputNames);
            return [.. outputs.Select((value, i) => ToTensor(session.OutputNames[i], value))];
        }
        finally
        {
            foreach (var value in values)
            {
                value.Dispose();
            }
        }
    }

    private static OrtValue ToValue(CorpusTensor tensor)
    {
        if (tensor.IsText)
        {
            var texts = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, tensor.Shape);
            var i = 0;
            foreach (var text in tensor.Texts())
            {
                texts.StringTensorSetElementAt(text.AsSpan(), i++);
            }
            return texts;
        }
        var value = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, (TensorElementType)tensor.OnnxNumber, tensor.Shape);
        tensor.Bytes.CopyTo(value.GetTensorMutableRawData());
        return value;
    }

    private static CorpusTensor ToTensor(string name, OrtValue value)
    {
        var info = value.GetTensorTypeAndShape();
        var datatype = CorpusTensor.NameOf((int)info.ElementDataType) ?? throw new NotSupportedException($"{info.ElementDataType}");
        var bytes =
            datatype == "BYTES"
                ? CorpusTensor.JoinTexts(Enumerable.Range(0, (int)info.ElementCount).Select(i => value.GetStringElementAsSpan(i).ToArray()))
                : value.GetTensorMutableRawData().ToArray();
        return new CorpusTensor(name, datatype, info.Shape, bytes);
    }
}
