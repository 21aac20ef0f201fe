using Blockwire.Scsi;

namespace Blockwire.Initiator;

/// <summary>Failed commands in words: what failed, what the target said, what to try.</summary>
internal static class ScsiAdvice
{
    /// <summary>The exception for an answer that is not good.</summary>
    public static ScsiException Failure(string unit, string operation, in ScsiResult result)
    {
        string advice = For(result);
        return new(operation, result, $"{unit}: {operation} failed: {SenseText.Of(result.Status, result.Sense.Span)}{(advice.Length == 0 ? "" : "; " + advice)}");
    }

    /// <summary>The exception for an answer that says GOOD and moved too little.</summary>
    public static ScsiException Short(string unit, string operation, in ScsiResult result, long movedBytes, long expectedBytes) => new(
        operation, result, $"{unit}: {operation} moved {movedBytes} of {expectedBytes} bytes and ended with {SenseText.Of(result.Status)}; the target does not keep to its own block size or limits");

    private static string For(in ScsiResult result) => result.Status switch
    {
        ScsiStatus.ReservationConflict => "another initiator has reserved the unit: look at its persistent reservations, register, or wait",
        ScsiStatus.Busy or ScsiStatus.TaskSetFull => "the target stayed busy: send less at once, or try later",
        ScsiStatus.CheckCondition => SenseData.Parse(result.Sense.Span) is { } sense ? For(sense) : "",
        _ => "",
    };

    private static string For(in SenseData sense) => (sense.Key, sense.Asc, sense.Ascq) switch
    {
        (SenseKey.IllegalRequest, 0x20, 0x00) => "the target does not know this command",
        (SenseKey.IllegalRequest, 0x20, _) => "the target's access list does not let this initiator in",
        (SenseKey.IllegalRequest, 0x21, _) => "the range leaves the disk: read its capacity again",
        (SenseKey.IllegalRequest, 0x25, _) => "the target has no such LUN: list its LUNs",
        (SenseKey.IllegalRequest, 0x24 or 0x26, _) => "the target does not offer this form of the command",
        (SenseKey.NotReady, 0x3A, _) => "load a medium",
        (SenseKey.NotReady, 0x04, 0x02) => "start the unit",
        (SenseKey.NotReady, 0x04, 0x0B or 0x0C) => "use a path through another target port group",
        (SenseKey.NotReady, _, _) => "wait until the unit is ready",
        (SenseKey.DataProtect, 0x27, 0x07) => "the storage behind the unit is full: free some",
        (SenseKey.DataProtect, _, _) => "the unit is write protected: see to it at the target",
        (SenseKey.MediumError or SenseKey.HardwareError, _, _) => "the disk behind the target is failing: see the target's log",
        (SenseKey.UnitAttention, _, _) => "the target did not stop reporting changes: look at the target",
        _ => "",
    };
}
