using Microsoft.ML.OnnxRuntime;

namespace Slipway.Inference.Engine.Models;

/// <summary>The runtime settings that every session of ours has.</summary>
internal static class SessionSettings
{
    private const long ConstantFoldingLimitBytes = 256L << 20;

    /// <summary>
    /// Settings for a model that is opened as <paramref name="options"/> say. Where they leave the threads open, a run takes place on its caller's thread alone, or, if
    /// <paramref name="usesPool"/>, in the pool that all models share.
    /// </summary>
    public static SessionOptions Create(ModelSessionOptions options, bool usesPool)
    {
        var sharesThreadPool = OnnxEnvironment.SharesThreadPool;
        var settings = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        if (options.IntraOpThreads == 0 && usesPool && sharesThreadPool)
        {
            settings.DisablePerSessionThreads();
        }
        else
        {
            settings.IntraOpNumThreads =
                options.IntraOpThreads > 0 ? options.IntraOpThreads
                : usesPool ? Environment.ProcessorCount
                : 1;
            settings.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        }

        if (sharesThreadPool)
        {
            SharedArena.Use(settings);
        }

        // The bytes decide nothing: only the format whose external data was checked is read.
        settings.AddSessionConfigEntry("session.load_model_format", "ONNX");
        // A small graph must not become gigabytes of constants while it is opened.
        settings.AddSessionConfigEntry("optimization.constant_folding_max_output_size_in_bytes", $"{ConstantFoldingLimitBytes}");
        return settings;
    }
}
