namespace Slipway.Inference.Engine.Models;

/// <summary>Why a model was refused; part of the vetting report's interface.</summary>
public static class ModelLoadCodes
{
    /// <summary>No file at the path, or an empty one.</summary>
    public const string NotFound = "not_found";

    /// <summary>A format that carries code, such as pickle: it is never loaded.</summary>
    public const string UnsafeFormat = "unsafe_format";

    /// <summary>The bytes are not an ONNX model.</summary>
    public const string NotOnnx = "not_onnx";

    /// <summary>External data that is missing, or lies outside the model's folder.</summary>
    public const string ExternalData = "external_data";

    /// <summary>An operator that the runtime does not know.</summary>
    public const string UnknownOperator = "unknown_operator";

    /// <summary>An operator set or file format newer than the runtime.</summary>
    public const string UnsupportedVersion = "unsupported_version";

    /// <summary>An input or output of a type that cannot be served.</summary>
    public const string UnsupportedType = "unsupported_type";

    /// <summary>The bytes differ from what the registry recorded.</summary>
    public const string DigestMismatch = "digest_mismatch";

    /// <summary>A GPU is required and there is none.</summary>
    public const string GpuRequired = "gpu_required";

    /// <summary>The model's configuration makes no sense, or contradicts its graph.</summary>
    public const string InvalidConfiguration = "invalid_configuration";

    /// <summary>The runtime refused the graph for any other reason.</summary>
    public const string LoadFailed = "load_failed";
}
