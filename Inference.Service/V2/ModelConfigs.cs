using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Serving;
using Slipway.Inference.Engine.Tensors;
using Slipway.Inference.Service.Protos;

namespace Slipway.Inference.Service.V2;

/// <summary>Describes a loaded model as Triton's configuration does. Where requests are joined, dimensions leave the batch out, as they do there.</summary>
internal static class ModelConfigs
{
    private static readonly DataType[] s_types =
    [
        DataType.TypeBool,
        DataType.TypeUint8,
        DataType.TypeUint16,
        DataType.TypeUint32,
        DataType.TypeUint64,
        DataType.TypeInt8,
        DataType.TypeInt16,
        DataType.TypeInt32,
        DataType.TypeInt64,
        DataType.TypeFp16,
        DataType.TypeBf16,
        DataType.TypeFp32,
        DataType.TypeFp64,
        DataType.TypeString,
    ];

    public static ModelConfig Of(string name, LoadedModel model, int maxBatchSize)
    {
        var isBatched = model.Signature.RowsCanBeJoined;
        var config = new ModelConfig
        {
            Name = name,
            Platform = "onnxruntime_onnx",
            Backend = "onnxruntime",
            MaxBatchSize = isBatched ? maxBatchSize : 0,
            DefaultModelFilename = "model.onnx",
        };
        if (isBatched)
        {
            config.DynamicBatching = new ModelDynamicBatching();
        }
        foreach (var input in model.Signature.Inputs)
        {
            config.Input.Add(
                new ModelInput
                {
                    Name = input.Name,
                    DataType = s_types[(int)input.Type],
                    Dims = { Dimensions(input, isBatched) },
                }
            );
        }
        foreach (var output in model.Signature.Outputs)
        {
            config.Output.Add(
                new ModelOutput
                {
                    Name = output.Name,
                    DataType = s_types[(int)output.Type],
                    Dims = { Dimensions(output, isBatched) },
                }
            );
        }
        return config;
    }

    private static IEnumerable<long> Dimensions(ModelTensor tensor, bool isBatched) => tensor.Shape.Skip(isBatched ? 1 : 0);
}
