namespace Blockwire.Protocol.Session;

/// <summary>What is wrong with a Data-Out.</summary>
/// <param name="Rule">The rule it breaks, for the Reject and the log.</param>
/// <param name="Condition">How the command ends once the rest of its data has come; null when the PDU is only late and is left aside.</param>
internal readonly record struct DataOutFault(string Rule, IscsiCondition? Condition);
