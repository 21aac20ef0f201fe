using Blockwire.Scsi;

namespace Blockwire.Initiator;

/// <summary>What to do after an answer.</summary>
internal enum AnswerVerdict
{
    /// <summary>The command has done its work.</summary>
    Done,

    /// <summary>It has not run, because the target had something to say first: report that, and send the command again.</summary>
    AgainAfterAttention,

    /// <summary>The target could not do it now: send it again after a pause.</summary>
    AgainLater,

    /// <summary>It was aborted, and may have run in part: it may be sent again a few times.</summary>
    AgainAfterAbort,

    /// <summary>It failed.</summary>
    Failed,
}

/// <summary>Which answers mean that a command did not run and is worth sending again (SAM-5 §5.3, §5.14; SPC-4 §4.5).</summary>
internal static class RepeatRules
{
    /// <summary>Judges an answer.</summary>
    /// <param name="result">The answer.</param>
    /// <param name="repeat">May the command run twice?</param>
    /// <param name="sense">Its sense data; null when there is none, or it cannot be read.</param>
    public static AnswerVerdict Judge(in ScsiResult result, Repeat repeat, out SenseData? sense)
    {
        sense = null;
        switch (result.Status)
        {
            case ScsiStatus.Good or ScsiStatus.ConditionMet:
                return AnswerVerdict.Done;
            case ScsiStatus.Busy or ScsiStatus.TaskSetFull:
                return AnswerVerdict.AgainLater;
            case ScsiStatus.TaskAborted:
                return repeat == Repeat.Allowed ? AnswerVerdict.AgainAfterAbort : AnswerVerdict.Failed;
            case ScsiStatus.CheckCondition:
                sense = SenseData.Parse(result.Sense.Span);
                return sense is { } read ? Judge(read, repeat) : AnswerVerdict.Failed;
            default:
                return AnswerVerdict.Failed;
        }
    }

    // A deferred error tells of an earlier command that had ended with GOOD: repeating this one would bury it (SPC-4 §4.5.5).
    private static AnswerVerdict Judge(in SenseData sense, Repeat repeat) => sense switch
    {
        { Deferred: true } => AnswerVerdict.Failed,
        { Key: SenseKey.RecoveredError or SenseKey.Completed } => AnswerVerdict.Done,
        { Key: SenseKey.UnitAttention } => AnswerVerdict.AgainAfterAttention,
        { Key: SenseKey.NotReady, Asc: 0x04, Ascq: 0x01 or 0x0A } => AnswerVerdict.AgainLater,
        { Key: SenseKey.AbortedCommand } when repeat == Repeat.Allowed => AnswerVerdict.AgainAfterAbort,
        _ => AnswerVerdict.Failed,
    };
}
