using System.Text;

namespace Slipway.Messaging.Topology;

internal static class KebabCase
{
    /// <summary><c>PredictionsLogged</c> becomes <c>predictions-logged</c>; <c>Fault&lt;TrainModel&gt;</c> becomes <c>fault-train-model</c>.</summary>
    internal static string Of(Type type)
    {
        var text = new StringBuilder();
        var name = type.Name.Split('`')[0];
        for (var i = 0; i < name.Length; i++)
        {
            if (i > 0 && char.IsUpper(name[i]) && !char.IsUpper(name[i - 1]))
            {
                text.Append('-');
            }

            text.Append(char.ToLowerInvariant(name[i]));
        }

        foreach (var argument in type.GetGenericArguments())
        {
            text.Append('-').Append(Of(argument));
        }

        return text.ToString();
    }
}
