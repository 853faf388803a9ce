using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Tensors;
using Slipway.Inference.Service.Protos;

namespace Slipway.Inference.Service.Repository;

/// <summary>Sets a model's configuration against its graph: what the configuration leaves out is inferred, and what it gets wrong is refused.</summary>
internal static class ModelConfigGraph
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

    /// <summary>
    /// A configuration that holds every input and output. Where nobody has written anything about batches, a model whose rows can be joined is described as one whose
    /// requests are, up to <paramref name="maxBatchSize"/>. Throws <see cref="RepositoryException"/> where configuration and graph contradict each other.
    /// </summary>
    public static ModelConfig Complete(ModelConfig config, ModelSignature signature, int maxBatchSize)
    {
        var completed = config.Clone();
        if (IsSilent(config) && signature.RowsCanBeJoined && maxBatchSize > 1)
        {
            completed.MaxBatchSize = maxBatchSize;
            completed.DynamicBatching = new ModelDynamicBatching();
        }
        if (completed.DefaultModelFilename.Length == 0)
        {
            completed.DefaultModelFilename = "model.onnx";
        }
        if (completed.Input.Count == 0)
        {
            completed.Input.AddRange(signature.Inputs.Select(tensor => InputOf(tensor, completed.MaxBatchSize > 0)));
        }
        if (completed.Output.Count == 0)
        {
            completed.Output.AddRange(signature.Outputs.Select(tensor => OutputOf(tensor, completed.MaxBatchSize > 0)));
        }
        Check(completed, signature);
        return completed;
    }

    /// <summary>The protocol's number for an element type.</summary>
    public static DataType TypeOf(ElementType type) => s_types[(int)type];

    /// <summary>The element type of the protocol's number; false for none.</summary>
    public static bool TryFind(DataType type, out ElementType element)
    {
        var index = Array.IndexOf(s_types, type);
        element = (ElementType)Math.Max(index, 0);
        return index >= 0;
    }

    private static bool IsSilent(ModelConfig config) =>
        config.MaxBatchSize == 0
        && config.Input.Count == 0
        && config.Output.Count == 0
        && config.SchedulingChoiceCase == ModelConfig.SchedulingChoiceOneofCase.None;

    private static ModelInput InputOf(ModelTensor tensor, bool isBatched)
    {
        var input = new ModelInput { Name = tensor.Name, DataType = TypeOf(tensor.Type) };
        input.Dims.AddRange(tensor.Shape.Skip(isBatched ? 1 : 0));
        return input;
    }

    private static ModelOutput OutputOf(ModelTensor tensor, bool isBatched)
    {
        var output = new ModelOutput { Name = tensor.Name, DataType = TypeOf(tensor.Type) };
        output.Dims.AddRange(tensor.Shape.Skip(isBatched ? 1 : 0));
        return output;
    }

    private static void Check(ModelConfig config, ModelSignature signature)
    {
        var inputs = config.Input.Select(input => (input.Name, input.DataType, Dims: ShapeOf(input.Dims, input.Reshape))).ToArray();
        foreach (var (name, type, dims) in inputs)
        {
            Check(config, "input", name, type, dims, signature.Inputs);
        }
        foreach (var output in config.Output)
        {
            Check(config, "output", output.Name, output.DataType, ShapeOf(output.Dims, output.Reshape), signature.Outputs);
        }
        // Inputs that the scheduler gives are named with it, not among the inputs.
        var given = inputs
            .Select(input => input.Name)
            .Concat(config.SequenceBatching?.State.Select(state => state.InputName) ?? [])
            .Concat(config.SequenceBatching?.ControlInput.Select(control => control.Name) ?? []);
        if (signature.Inputs.Select(input => input.Name).Except(given, StringComparer.Ordinal).FirstOrDefault() is { } missing)
        {
            throw new RepositoryException(
                $"model '{config.Name}': the configuration lacks input '{missing}', which the model expects; its inputs are {Names(signature.Inputs)}"
            );
        }
    }

    private static void Check(
        ModelConfig config,
        string kind,
        string name,
        DataType type,
        IReadOnlyList<long> dims,
        IReadOnlyList<ModelTensor> tensors
    )
    {
        if (tensors.FirstOrDefault(tensor => tensor.Name == name) is not { } tensor)
        {
            throw new RepositoryException(
                $"unexpected inference {kind} '{name}', allowed {kind}s are: {Names(tensors)}, for model '{config.Name}'"
            );
        }
        if (type != TypeOf(tensor.Type))
        {
            throw new RepositoryException(
                $"model '{config.Name}', tensor '{name}': the model expects data type {tensor.Type.WireName()} but the model configuration specifies {type.ToString()[4..].ToUpperInvariant()}"
            );
        }
        long[] full = config.MaxBatchSize > 0 ? [-1, .. dims] : [.. dims];
        // A graph that declares no rank accepts every shape.
        if (tensor.Shape.Count > 0 && !Agree(full, tensor.Shape))
        {
            var batch =
                config.MaxBatchSize > 0 ? " (an initial batch dimension because max_batch_size > 0 followed by the explicit shape)" : "";
            throw new RepositoryException(
                $"model '{config.Name}', tensor '{name}': the model expects shape {TensorShape.Format([.. tensor.Shape])} but the model configuration specifies {TensorShape.Format(full)}{batch}"
            );
        }
    }

    private static IReadOnlyList<long> ShapeOf(IReadOnlyList<long> dims, ModelTensorReshape? reshape) => reshape?.Shape ?? dims;

    private static bool Agree(long[] configured, IReadOnlyList<long> graph) =>
        configured.Length == graph.Count
        && configured.Zip(graph).All(pair => pair.First < 0 || pair.Second < 0 || pair.First == pair.Second);

    private static string Names(IReadOnlyList<ModelTensor> tensors) => string.Join(", ", tensors.Select(tensor => tensor.Name));
}
