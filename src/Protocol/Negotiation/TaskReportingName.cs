namespace Blockwire.Protocol.Negotiation;

/// <summary>The words of TaskReporting on the wire (RFC 7143 §13.23).</summary>
internal static class TaskReportingName
{
    public static string Of(TaskReporting semantics) => semantics switch
    {
        TaskReporting.FastAbort => "FastAbort",
        TaskReporting.ResponseFence => "ResponseFence",
        _ => "RFC3720",
    };

    public static TaskReporting Parse(string name) => name switch
    {
        "FastAbort" => TaskReporting.FastAbort,
        "ResponseFence" => TaskReporting.ResponseFence,
        _ => TaskReporting.Rfc3720,
    };
}
