namespace Blockwire.Storage;

/// <summary>A disk that cannot be opened. The message is one line: which disk, what is wrong, what to do.</summary>
public sealed class DiskOpenException : Exception
{
    /// <summary>Makes the refusal.</summary>
    /// <param name="disk">The disk, as <see cref="DiskSpec.ToString"/> names it or as a path.</param>
    /// <param name="problem">What is wrong.</param>
    /// <param name="advice">What the user can do about it.</param>
    /// <param name="cause">The error below, if there was one.</param>
    public DiskOpenException(string disk, string problem, string advice, Exception? cause = null)
        : base($"{disk}: {problem}; {advice}", cause)
    {
        Disk = disk;
        Problem = problem;
        Advice = advice;
    }

    /// <summary>The disk that was refused.</summary>
    public string Disk { get; }

    /// <summary>What is wrong with it.</summary>
    public string Problem { get; }

    /// <summary>What to do about it.</summary>
    public string Advice { get; }
}
