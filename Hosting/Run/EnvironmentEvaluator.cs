using System.Globalization;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Run;

/// <summary>Runs the callbacks that fill a resource's environment and command line, and puts values into the holes.</summary>
internal static class EnvironmentEvaluator
{
    public static async Task<Dictionary<string, string>> GetVariablesAsync(
        IResource resource,
        DistributedApplicationExecutionContext execution,
        CancellationToken cancellationToken
    )
    {
        var context = new EnvironmentCallbackContext(execution, resource, cancellationToken: cancellationToken);
        foreach (var annotation in resource.Annotations.OfType<EnvironmentCallbackAnnotation>().ToList())
        {
            await annotation.Callback(context);
        }

        var result = new Dictionary<string, string>();
        foreach (var (name, value) in context.EnvironmentVariables)
        {
            if (await ResolveAsync(value, cancellationToken) is { } text)
            {
                result[name] = text;
            }
        }

        return result;
    }

    public static async Task<IReadOnlyList<string>> GetArgumentsAsync(IResource resource, CancellationToken cancellationToken)
    {
        var values = new List<object>();
        foreach (var annotation in resource.Annotations.OfType<CommandLineArgsCallbackAnnotation>())
        {
            annotation.Callback(values);
        }

        var result = new List<string>();
        foreach (var value in values)
        {
            result.Add(await ResolveAsync(value, cancellationToken) ?? "");
        }

        return result;
    }

    private static async Task<string?> ResolveAsync(object value, CancellationToken cancellationToken) =>
        value switch
        {
            string text => text,
            IValueProvider provider => await provider.GetValueAsync(cancellationToken),
            _ => Convert.ToString(value, CultureInfo.InvariantCulture),
        };
}
