using Microsoft.ML.OnnxRuntime;
using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Engine.Models;

/// <summary>
/// Flattens scikit-learn's default classifier output, one map from class to probability per row, into a tensor [rows, classes]. The runtime keeps each map sorted
/// by class, which is also the order of the estimator's <c>classes_</c>.
/// </summary>
internal static class ClassMaps
{
    public static Tensor Flatten(string name, OrtValue sequence)
    {
        var rows = sequence.GetValueCount();
        Tensor? tensor = null;
        try
        {
            sequence.ProcessSequence(
                (element, row) =>
                    element.ProcessMap(
                        (_, values) =>
                        {
                            var probabilities = values.GetTensorDataAsSpan<float>();
                            tensor ??= Tensor.Rent(name, ElementType.Fp32, rows, probabilities.Length);
                            if (probabilities.Length != tensor.Shape[1])
                            {
                                throw new InvalidDataException($"output '{name}' has a different number of classes in row {row}");
                            }

                            probabilities.CopyTo(tensor.AsSpan<float>().Slice(row * probabilities.Length, probabilities.Length));
                        },
                        OrtAllocator.DefaultInstance
                    ),
                OrtAllocator.DefaultInstance
            );
            return tensor ?? Tensor.Rent(name, ElementType.Fp32, 0, 0);
        }
        catch
        {
            tensor?.Dispose();
            throw;
        }
    }
}
