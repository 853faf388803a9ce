using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Slipway.Inference.Engine.Onnx;

namespace Slipway.Inference.Engine.Models;

/// <summary>
/// The memory that all models on the processor calculate in. One arena for all of them: what one model needed at its peak serves the next, and what is free is given
/// back, now and then while models run and whenever one is closed.
/// </summary>
internal static class SharedArena
{
    private const string ShrinkEntry = "memory.enable_memory_arena_shrinkage";
    private const string ProcessorArena = "cpu:0";
    private const int GrowByWhatIsAsked = 1;
    private static readonly byte[] OneNode = OneNodeModel();

    /// <summary>Makes the arena, of at most <paramref name="maxBytes"/>: a run that needs more fails, and the process lives.</summary>
    public static void Register(long maxBytes)
    {
        // The type of the memory says that it is to be an arena, and not the plain allocator.
        using var memory = new OrtMemoryInfo(OrtMemoryInfo.allocatorCPU, OrtAllocatorType.ArenaAllocator, 0, OrtMemType.Default);
        var status = OrtApi.CreateArena(
            OrtEnv.Instance().DangerousGetHandle(),
            memory.DangerousGetHandle(),
            (nuint)maxBytes,
            GrowByWhatIsAsked
        );
        if (status != 0)
        {
            var message = OrtApi.ErrorMessage(status);
            OrtApi.ReleaseStatus(status);
            throw new NotSupportedException($"ONNX Runtime makes no arena: {message}");
        }
    }

    public static void Use(SessionOptions settings)
    {
        settings.AddSessionConfigEntry("session.use_env_allocators", "1");
        // Weights live as long as their model and would cut the arena into pieces.
        settings.AddSessionConfigEntry("session.use_device_allocator_for_initializers", "1");
    }

    /// <summary>Makes runs with these options give the arena's free memory back at their end.</summary>
    public static void ShrinkAfter(RunOptions options) => options.AddRunConfigEntry(ShrinkEntry, ProcessorArena);

    /// <summary>Gives free memory back now. The runtime does so at the end of a run only, so a model of one node runs.</summary>
    public static void Shrink()
    {
        using var settings = SessionSettings.Create(new ModelSessionOptions(), usesPool: false);
        using var session = new InferenceSession(OneNode, settings);
        using var options = new RunOptions();
        ShrinkAfter(options);
        float[] zero = [0];
        using var input = OrtValue.CreateTensorValueFromMemory(zero, [1]);
        session.Run(options, ["x"], [input], ["y"]).Dispose();
    }

    private static byte[] OneNodeModel()
    {
        var shape = new TensorShapeProto { Dim = { new TensorShapeProto.Types.Dimension { DimValue = 1 } } };
        var type = new TypeProto
        {
            TensorType = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float, Shape = shape },
        };
        return new ModelProto
        {
            IrVersion = 8,
            OpsetImport = { new OperatorSetIdProto { Version = 15 } },
            Graph = new GraphProto
            {
                Name = "one node",
                Input =
                {
                    new ValueInfoProto { Name = "x", Type = type },
                },
                Output =
                {
                    new ValueInfoProto { Name = "y", Type = type },
                },
                Node =
                {
                    new NodeProto
                    {
                        OpType = "Neg",
                        Input = { "x" },
                        Output = { "y" },
                    },
                },
            },
        }.ToByteArray();
    }
}
