namespace Aspire.Hosting.ApplicationModel;

/// <summary>A default that was written in the model, and may be published with it.</summary>
internal sealed class ConstantParameterDefault(string value) : ParameterDefault
{
    public override string GetDefaultValue() => value;
}
