namespace Aspire.Hosting.ApplicationModel;

/// <summary>Gives a placeholder for a value that is not known while publishing.</summary>
public interface IManifestExpressionProvider
{
    /// <summary>The placeholder, such as <c>{pg-password.value}</c>.</summary>
    string ValueExpression { get; }
}
