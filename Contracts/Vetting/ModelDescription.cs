namespace Slipway.Contracts.Vetting;

/// <summary>What a version's folder says of itself: its <c>MLmodel</c>, its requirements and its example. Written by whoever made the model, and only shown.</summary>
public sealed record ModelDescription
{
    /// <summary>Flavours of the <c>MLmodel</c> file, in its order.</summary>
    public IReadOnlyList<string> Flavors { get; set; } = [];

    /// <summary>The file of the onnx flavour, as the description names it.</summary>
    public string? OnnxFile { get; init; }

    /// <summary>What loads the model as a Python function.</summary>
    public string? LoaderModule { get; init; }

    /// <summary>Version of MLflow that wrote it.</summary>
    public string? MlflowVersion { get; init; }

    /// <summary>Version of Python that it was written with.</summary>
    public string? PythonVersion { get; init; }

    /// <summary>The model's own identifier.</summary>
    public string? ModelUuid { get; init; }

    /// <summary>The run that logged it.</summary>
    public string? RunId { get; init; }

    /// <summary>When it was written, as the file says.</summary>
    public string? CreatedAt { get; init; }

    /// <summary>The declared signature.</summary>
    public DeclaredSignature? Signature { get; init; }

    /// <summary>The file of the input example.</summary>
    public string? ExampleFile { get; init; }

    /// <summary>Python packages that the model's own tools need, as <c>requirements.txt</c> lists them; at most 200.</summary>
    public IReadOnlyList<string> Requirements { get; set; } = [];
}

/// <summary>A signature as MLflow declares it; null where a side is not declared.</summary>
public sealed record DeclaredSignature(
    IReadOnlyList<DeclaredField>? Inputs,
    IReadOnlyList<DeclaredField>? Outputs,
    IReadOnlyList<DeclaredParameter>? Parameters
);

/// <summary>
/// A column (no shape; types such as <c>double</c>, <c>array&lt;long&gt;</c>, <c>object{a: string, b?: double}</c>) or a tensor (NumPy's type name and a shape
/// with -1 for a variable dimension). The only input of a model may have no name.
/// </summary>
public sealed record DeclaredField(string? Name, string Type, IReadOnlyList<long>? Shape, bool Required);

/// <summary>A parameter of inference; its default as JSON text, its shape where it is a list.</summary>
public sealed record DeclaredParameter(string Name, string Type, string? Default, IReadOnlyList<long>? Shape);
