using Blockwire.Scsi;

namespace Blockwire.Initiator;

/// <summary>A target answered a typed operation with a status that is not good.</summary>
public sealed class ScsiException : IOException
{
    /// <summary>An answer that is not good.</summary>
    /// <param name="operation">The command's name, as SPC and SBC have it.</param>
    /// <param name="result">What came.</param>
    /// <param name="message">The same in words.</param>
    public ScsiException(string operation, in ScsiResult result, string message)
        : base(message) => (Operation, Result) = (operation, result);

    /// <summary>The command's name.</summary>
    public string Operation { get; }

    /// <summary>What the target answered.</summary>
    public ScsiResult Result { get; }

    /// <summary>SCSI status.</summary>
    public ScsiStatus Status => Result.Status;
}
