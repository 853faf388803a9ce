using System.Buffers.Binary;
using Slipway.Inference.Engine.Batching;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Serving;
using Slipway.Inference.Engine.Tensors;
using Slipway.Inference.Service.Protos;
using Slipway.Inference.Service.Repository;

namespace Slipway.Inference.Service.Serving;

/// <summary>Runs the samples that a configuration has for it (Triton: <c>model_warmup</c>), before the model's first request.</summary>
internal static class ModelWarmUp
{
    private const int MaxRuns = 1000;

    /// <summary>Runs every sample as often as it says. Throws <see cref="RepositoryException"/> where a sample does not fit the model, or the model fails on it.</summary>
    public static async Task RunAsync(ModelConfig config, IModelBackend backend, string versionFolder, CancellationToken ct)
    {
        for (var sample = 0; sample < config.ModelWarmup.Count; sample++)
        {
            var warmup = config.ModelWarmup[sample];
            var inputs = new List<Tensor>();
            try
            {
                foreach (var (name, input) in warmup.Inputs)
                {
                    inputs.Add(Create(config, warmup, name, input, versionFolder));
                }
                for (var run = 0; run < Math.Clamp(warmup.Count, 1, MaxRuns); run++)
                {
                    // A sequence of its own for a model that has some: it begins and ends here.
                    var call = new InferenceCall { Sequence = new SequenceStep($"{sample + 1}", Starts: true, Ends: true) };
                    using var result = await backend.InferAsync(inputs, call, ct);
                    ct.ThrowIfCancellationRequested();
                    if (result.Status != InferenceStatus.Ok)
                    {
                        throw new RepositoryException($"warm-up sample '{warmup.Name}' of model '{config.Name}' failed: {result.Error}");
                    }
                }
            }
            finally
            {
                inputs.ForEach(input => input.Dispose());
            }
        }
    }

    private static Tensor Create(ModelConfig config, ModelWarmup warmup, string name, ModelWarmup.Types.Input input, string versionFolder)
    {
        if (!ModelConfigGraph.TryFind(input.DataType, out var type))
        {
            throw Wrong("has no data type");
        }
        long[] shape = warmup.BatchSize > 0 && config.MaxBatchSize > 0 ? [warmup.BatchSize, .. input.Dims] : [.. input.Dims];
        if (
            !TensorShape.TryCountElements(shape, out var count)
            || (type != ElementType.Bytes && !TensorShape.TryCountBytes(type, shape, out _))
        )
        {
            throw Wrong($"has the shape {TensorShape.Format(shape)}, which is no tensor's");
        }
        return input.InputDataTypeCase switch
        {
            ModelWarmup.Types.Input.InputDataTypeOneofCase.InputDataFile => FromFile(input.InputDataFile),
            ModelWarmup.Types.Input.InputDataTypeOneofCase.RandomData => Filled(random: true),
            ModelWarmup.Types.Input.InputDataTypeOneofCase.ZeroData => Filled(random: false),
            _ => throw Wrong("says neither zero_data, random_data nor input_data_file"),
        };

        Tensor Filled(bool random)
        {
            if (type == ElementType.Bytes)
            {
                return Tensor.FromStrings(name, new ReadOnlyMemory<byte>[count], shape);
            }
            var tensor = Tensor.Rent(name, type, shape);
            tensor.RawBytes.Clear();
            if (random)
            {
                RandomValues.Fill(tensor);
            }
            return tensor;
        }

        // The file holds one row, which every row of the sample repeats.
        Tensor FromFile(string file)
        {
            var bytes = ModelFolderFile.Read("warmup", file, versionFolder);
            if (type == ElementType.Bytes)
            {
                var strings = ReadStrings(bytes);
                return strings.Count > 0 && count % strings.Count == 0
                    ? Tensor.FromStrings(name, [.. Enumerable.Range(0, count).Select(i => strings[i % strings.Count])], shape)
                    : throw Wrong($"holds {strings.Count} texts for {count} elements");
            }
            var tensor = Tensor.Rent(name, type, shape);
            var target = tensor.RawBytes;
            if (bytes.Length == 0 || target.Length % bytes.Length != 0)
            {
                tensor.Dispose();
                throw Wrong($"holds {bytes.Length} bytes for a tensor of {target.Length}");
            }
            for (var at = 0; at < target.Length; at += bytes.Length)
            {
                bytes.CopyTo(target[at..]);
            }
            return tensor;
        }

        List<ReadOnlyMemory<byte>> ReadStrings(byte[] bytes)
        {
            var strings = new List<ReadOnlyMemory<byte>>();
            var rest = bytes.AsMemory();
            while (
                rest.Length >= sizeof(uint)
                && BinaryPrimitives.ReadUInt32LittleEndian(rest.Span) is var length
                && length <= rest.Length - sizeof(uint)
            )
            {
                strings.Add(rest.Slice(sizeof(uint), (int)length));
                rest = rest[(sizeof(uint) + (int)length)..];
            }
            return rest.IsEmpty ? strings : throw Wrong("is no list of texts, each after its length in 4 bytes");
        }

        RepositoryException Wrong(string what) => new($"warm-up sample '{warmup.Name}' of model '{config.Name}': input '{name}' {what}");
    }
}
