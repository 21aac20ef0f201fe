namespace Blockwire.Protocol.Session;

/// <summary>What is wrong with a Data-Out.</summary>
/// <param name="Rule">The rule it breaks, for the Reject and the log.</param>
/// <param name="Condition">How the command ends once the rest of its data has come.</param>
internal readonly record struct DataOutFault(string Rule, IscsiCondition Condition);
