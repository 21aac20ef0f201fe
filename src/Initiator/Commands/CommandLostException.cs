namespace Blockwire.Initiator;

/// <summary>What is known of a command that got no answer.</summary>
public enum CommandFate
{
    /// <summary>The target never began it: nothing has changed.</summary>
    NotRun,

    /// <summary>It may have run, as a whole, in part or not at all.</summary>
    MayHaveRun,
}

/// <summary>A command got no answer from the target, and will get none: its session is gone or its time is up.</summary>
public sealed class CommandLostException : IOException
{
    /// <summary>A command without an answer.</summary>
    /// <param name="fate">May it have run?</param>
    /// <param name="message">What happened, where, and what to try.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public CommandLostException(CommandFate fate, string message, Exception? innerException = null)
        : base(message, innerException) => Fate = fate;

    /// <summary>May it have run?</summary>
    public CommandFate Fate { get; }
}
