"""The process that parses: started, limited, asked, timed, killed."""
