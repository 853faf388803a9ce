using System.Reflection;
using System.Runtime.CompilerServices;

namespace Slipway.Contracts.Tests;

public sealed class WireDefaultsTests
{
    /// <summary>The generated reader overwrites an init member that the JSON leaves out; such a member must therefore have no default of its own.</summary>
    [Fact]
    public void InitMembers_OfWireTypes_HaveNoDefaultToLose()
    {
        var lost = new List<string>();
        foreach (var type in typeof(ContractsJson).Assembly.GetExportedTypes().Where(t => t is { IsClass: true, IsAbstract: false }))
        {
            if (type.GetConstructor(Type.EmptyTypes) is not { } constructor)
            {
                continue;
            }
            var instance = constructor.Invoke(null);
            lost.AddRange(
                from property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
                where property.SetMethod?.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) == true
                where property.GetCustomAttribute<RequiredMemberAttribute>() is null
                let value = property.GetValue(instance)
                where
                    value is not null
                    && !value.Equals(property.PropertyType.IsValueType ? Activator.CreateInstance(property.PropertyType) : null)
                select $"{type.Name}.{property.Name}"
            );
        }

        Assert.Empty(lost);
    }
}
