namespace Slipway.Registry.Api.Formats;

/// <summary>What MLflow's flavours mean for serving: one is served, those that are loaded by unpickling are named as what they are, all others are stored.</summary>
internal static class Flavors
{
    public const string Onnx = "onnx";
    private const string PythonFunction = "python_function";

    private static readonly string[] s_pickled =
    [
        "sklearn",
        "pytorch",
        "fastai",
        "statsmodels",
        "pmdarima",
        "langchain",
        "dspy",
        "llama_index",
        "shap",
        "diviner",
        "paddle",
        "autogluon",
    ];

    // Loaders that unpickle, or run code that was logged beside the model.
    private static readonly string[] s_pickledLoaders = ["mlflow.pyfunc", "mlflow.sklearn", "mlflow.pytorch", "cloudpickle", "joblib"];

    /// <summary>Whether such a model is loaded by running code that lies within it.</summary>
    public static bool RunsCode(IReadOnlyList<string> flavors, string? loaderModule) =>
        flavors.Any(s_pickled.Contains)
        || loaderModule is not null && s_pickledLoaders.Any(l => loaderModule.StartsWith(l, StringComparison.Ordinal));

    /// <summary>The names that say what kind of model it is: without the wrapper that nearly all have.</summary>
    public static IReadOnlyList<string> Names(IReadOnlyList<string> flavors) =>
        flavors.Where(f => f != PythonFunction).ToList() is { Count: > 0 } own ? own : flavors;
}
