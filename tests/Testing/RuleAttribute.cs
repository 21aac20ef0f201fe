using Xunit.v3;

namespace Blockwire.Testing;

/// <summary>
/// Names the rule that a test proves, such as <c>[Rule("7143/11.14.2")]</c> (RFC and section) or <c>[Rule("logout/L5")]</c>. It becomes the
/// trait "Rule", by which tests can be listed and chosen.
/// </summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Class, AllowMultiple = true)]
public sealed class RuleAttribute(string rule) : Attribute, ITraitAttribute
{
    public string Rule { get; } = rule;

    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("Rule", Rule)];
}
